"""Constants with a type, for variables and arguments of compiled functions.

Where a variable begins with a literal, or a literal is an argument, Numba compiles the functions
that take it for the literal, and again for other values.
"""

from typing import Any

import numpy as np

INT_0: Any = np.int64(0)
FALSE: Any = np.bool_(False)
TRUE: Any = np.bool_(True)
