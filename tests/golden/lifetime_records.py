"""The records of published.toml, and the list of figures that are not reproduced. Used by lifetime_published.py."""

import numpy as np

HEADER = """# Published figures of the customer-base models, each recomputed independently. Made by lifetime_published.py; do not edit.
#
# fit: maximum likelihood. `parameters` and `log_likelihood` are the converged optimum found here (gradient below 1e-6 in the
#   logarithms); `published` is what the source prints. A pass is |ours - parameters| <= relative |parameters| and
#   |our log-likelihood - log_likelihood| <= absolute. identified = false: parameters run along a ridge, test the log-likelihood only.
#   Data: purchases of one day are one, times are days/7. cdnow: 2,357 customers, calibration to 1997-09-30.
#   cdnow_summary: cdnow_customers_summary.csv (times of two decimals). apparel: 600 customers, to 2006-12-31 (104 weeks).
#   sbg_<cohort>_<points>: of 1,000 customers those lost in each of points - 1 periods, the rest censored after points - 1 periods
#   (in sbg_paper.csv recency = T = 8 means seven decisions survived).
#   Covariates z: alpha exp(-trans'z); Pareto beta exp(-life'z); beta-geometric a exp(life'z) and b exp(life'z), the same life for both.
#   standard_errors: from the Hessian at the optimum, in the parameters themselves.
# runaway: a fit without interior optimum, and the supremum it creeps up to; a fit must refuse or say so.
# closed_form: as in oracle.toml. total: the sum of a quantity over all customers of a data set at the parameters given.
# table: expected counts at the parameters given.
"""
OUT, BAD = [], []


def text(v):
    if isinstance(v, (bool, np.bool_)):
        return str(bool(v)).lower()
    if isinstance(v, str):
        return '"' + v + '"'
    if isinstance(v, (list, tuple, np.ndarray)):
        return "[" + ", ".join(text(e) for e in v) + "]"
    return repr(int(v)) if isinstance(v, (int, np.integer)) else repr(float(v))


def emit(kind, **fields):
    OUT.append(f"[[{kind}]]\n" + "".join(f"{k} = {text(v)}\n" for k, v in fields.items()))
