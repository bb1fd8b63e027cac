"""Writes grading.toml, grading_clusters.toml and grading_learn.toml: grading, clusters and learning from columns, from
definitions, beside what scikit-learn, scipy and statsmodels say.

    python3 -m pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0 pandas==3.1.1 pyarrow==26.0.1
    python3 grading.py                          writes the three files beside this one (half a minute)
    EMPTOR_DATASETS=folder python3 grading.py   as above, and the case on Complete Journey anew; two minutes; else it is kept

Nothing of the Rust code is used. Every figure that a package gives is computed a second time from its definition (or
the other way round), and the program stops where the two differ by more than a few units in the last places, where
an optimum is not unique, or where a row lies so near to a border that rounding could decide.

    grading_text.py           how numbers are written
    grading_weights.py        AHP, entropy weights
    grading_agreement.py      Wilson intervals, kappa, adjusted Rand index, Jaccard, assignment
    grading_time.py           PSI, mobility, migration, Markov value
    grading_scores.py         transforms, scalings, group scores, contributions
    grading_clusters.py       k-means, indices, mixture, borders, one-dimensional k-means
    grading_real.py           Complete Journey households
    grading_logistic.py       logistic regression, and how good its probabilities are
    grading_trees.py          CART
"""

import warnings

import grading_agreement
import grading_clusters
import grading_logistic
import grading_real
import grading_scores
import grading_text
import grading_time
import grading_trees
import grading_weights

FILES = {
    "grading": (grading_weights, grading_agreement, grading_time, grading_scores),
    "grading_clusters": (grading_clusters, grading_real),
    "grading_learn": (grading_logistic, grading_trees),
}

if __name__ == "__main__":
    warnings.simplefilter("error", RuntimeWarning)
    for name, parts in FILES.items():
        grading_text.write(name, parts)
