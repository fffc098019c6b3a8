"""`python -m pocket_narrator.models.self_test LIBRARY`: exit code 0 where all its kernels are right, 1 and their names where not."""

import sys

from pocket_narrator.models.kernels import native
from pocket_narrator.models.self_test.kernels import check_kernels

native.open_untested(sys.argv[1])
wrong = "; ".join(f"{c.kernel} in {c.dtype} is wrong by {c.error:.1e}" for c in check_kernels() if not c.passed)
print(wrong)
sys.exit(1 if wrong else 0)
