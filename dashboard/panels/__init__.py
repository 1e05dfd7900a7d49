"""Parts of a page that are asked and answered on their own, or only where there is something.

A view names them in its order; each draws itself with the state's answers and the figures'
drawings. Those that hold an input are fragments: turning them does not run the page again.
"""
