"""WHAT is computed: tensors in, tensors out. The only theory of this program that needs torch."""
