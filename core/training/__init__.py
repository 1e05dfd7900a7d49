"""HOW weights come to be: the only room that knows data and weights both.

`road.train` is the whole road from a cohort to a finished run and reads top to bottom.
"""
