"""WHAT IF it grew: walks in the latent space, drawn and measured. No torch here."""
