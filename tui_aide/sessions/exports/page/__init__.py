"""The parts of the page that `html` writes: what the nodes hold, the tree's rows, the curve, style and behaviour."""
