"""Student's t distribution, which small numbers of seeds call for."""

import math


def two_sided_p(t: float, degrees: float) -> float:
    """P(|T| >= |t|) for `degrees` > 0 degrees of freedom, whole or not."""
    if not math.isfinite(t):
        return 0.0
    return _incomplete_beta(degrees / (degrees + t * t), degrees / 2, 0.5)


def quantile(probability: float, degrees: float) -> float:
    """t with P(T <= t) = `probability`, which is over one half; by bisection."""
    assert 0.5 < probability < 1
    low, high = 0.0, 1.0
    tail = 2 * (1 - probability)
    while two_sided_p(high, degrees) > tail:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided_p(middle, degrees) > tail else (low, middle)
    return (low + high) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised one, by Lentz's continued fraction (Abramowitz and Stegun 26.5.8)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    numerator = 1.0
    result = denominator = 1 / max(1 - (a + b) * x / (a + 1), tiny)
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            denominator = 1 / (1 + term * denominator or tiny)
            numerator = 1 + term / numerator or tiny
            result *= numerator * denominator
        if abs(numerator * denominator - 1) < 1e-15:
            break
    return front * result
