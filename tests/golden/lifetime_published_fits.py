"""The published fits, each maximised again. Run by lifetime_published.py."""

import numpy as np
import pandas as pd
from scipy.special import betaln, gammaln

import lifetime_fits as fits
from lifetime_records import BAD, OUT, emit


def fit(
    id,
    source,
    name,
    data,
    names,
    ll,
    start,
    published=(),
    published_ll=None,
    relative=1e-3,
    identified=True,
    steps=8,
    published_errors=(),
):
    result = fits.maximise(ll, start, len(start) if "life" not in names else names.split().index("life"), steps)
    own = [float(f"{v:.9g}") for v in result["parameters"]]
    off = [p / o - 1 for p, o in zip(published, own)]
    if identified and (result["gradient"] > 1e-6 or any(abs(v) > relative for v in off)):
        BAD.append(
            f"{id}: parameters {own}, source {published}, relative {np.round(off, 5)}, gradient {result['gradient']:.0e}"
        )
    if published_ll is not None and abs(published_ll - result["log_likelihood"]) > 1e-3:
        BAD.append(f"{id}: log-likelihood {result['log_likelihood']:.6f}, source {published_ll}")
    labels = (
        names.replace("life", "life_gender life_channel", 1).replace("trans", "trans_gender trans_channel", 1)
        if "life" in names
        else names
    )
    labels = labels.replace("both", "both_gender life_channel trans_channel").split()
    extra = {"published": published} if published else {}
    extra |= {"published_log_likelihood": published_ll} if published_ll is not None else {}
    if identified:
        extra["standard_errors"] = [float(f"{v:.6g}") for v in result["errors"]]
        extra["standard_errors_relative"] = 5e-3
        if published_errors:
            extra["published_standard_errors"] = published_errors
            if not np.allclose(result["errors"], published_errors, rtol=5e-3):
                BAD.append(f"{id}: standard errors {result['errors']}, source {published_errors}")
    emit(
        "fit",
        id=id,
        source=source,
        model=name,
        data=data,
        names=labels,
        parameters=own,
        log_likelihood=round(result["log_likelihood"], 6),
        **extra,
        identified=identified,
        relative=1e-3,
        absolute=1e-3,
    )


def all_fits():
    ll = {
        "bg_nbd": fits.ll_beta_geometric,
        "mbg_nbd": fits.ll_mbg,
        "pareto_nbd": fits.ll_pareto,
        "nbd": fits.ll_nbd,
        "ggom_nbd": fits.ll_ggom,
    }
    bg, pa, gom, gg = "r alpha a b", "r alpha s beta", "r alpha b s beta", "p q gamma"
    ours = "recomputed here; no published figure"
    rows = fits.cdnow()
    arrays = [rows[k].to_numpy(float) for k in ("x", "t_x", "T")]

    def run(id, source, name, data, names, start, *published, **more):
        fit(id, source, name, data, names, lambda p: ll[name](p, *arrays), start, *published, **more)

    run(
        "C1",
        "CLVTools test_correctness_bgnbd.R; BTYD",
        "bg_nbd",
        "cdnow",
        bg,
        [0.25, 4.5, 0.8, 2.5],
        (0.2425945, 4.4136019, 0.7929199, 2.4258881),
        -9582.429207,
        published_errors=(0.012557, 0.378224, 0.185733, 0.705407),
    )
    run(
        "C2",
        "CLVTools test_correctness_pnbd_nocovstaticcov.R",
        "pareto_nbd",
        "cdnow",
        pa,
        [0.5, 10, 0.6, 11],
        (0.55327, 10.577801, 0.60602, 11.663915),
        -9594.976181,
        published_errors=(0.04762, 0.84270, 0.18705, 6.2037),
    )
    run(
        "C4",
        "lifetimes test_estimation.py; BTYDplus",
        "mbg_nbd",
        "cdnow",
        bg,
        [0.5, 6, 0.8, 1.6],
        (0.5248436, 6.1830928, 0.8913878, 1.6140483),
        -9582.135716,
    )
    run("C5", "BTYDplus", "nbd", "cdnow", "r alpha", [0.4, 12], (0.3847659, 12.0720137), -9763.657615)
    run(
        "C6",
        "CLVTools test_correctness_ggomnbd.R; tends to C2 as b tends to 0 with beta/b = 11.67",
        "ggom_nbd",
        "cdnow",
        gom,
        [0.553, 10.578, 0.0002, 0.603, 0.0026],
        (0.55327, 10.577801, 9.98e-6, 0.60602, 1.165e-4),
        -9594.976269,
        identified=False,
    )
    for k in (2, 3):
        gaps = log_gaps(fits.cdnow_log(), rows)
        for name, modified, start in (("bg_cnbd", 0, [0.3, 3, 0.8, 2.5]), ("mbg_cnbd", 1, [0.6, 4, 0.9, 1.6])):
            fit(f"{name} k={k}", ours, name, "cdnow", bg, lambda p: erlang(p, *arrays, gaps, k, modified), start)
            OUT[-1] += f"k = {k}\n"
    repeat = rows[rows.x > 0]
    fit(
        "C7",
        "CLVTools, BTYD, lifetimes; 946 customers",
        "gamma_gamma",
        "cdnow",
        gg,
        lambda p: fits.ll_gamma_gamma(p, repeat.x.to_numpy(float), repeat.spend.to_numpy()),
        [6, 4, 15],
        (6.249349, 3.744256, 15.444307),
        -4055.917695,
        published_errors=(1.18997, 0.29014, 4.15953),
    )
    flat = pd.read_csv(fits.DATA / "cdnow/cdnow_customers_summary.csv")
    arrays = [flat[k].to_numpy(float) for k in ("frequency", "recency", "T")]
    run("C1b", "lifetimes", "bg_nbd", "cdnow_summary", bg, [0.25, 4.5, 0.8, 2.5], (), -9582.42556)
    gifts = pd.read_csv(fits.DATA / "donations/donations_rf_table.csv")
    args = [gifts[k].to_numpy(float) for k in ("frequency", "recency", "periods")]
    fit(
        "C8",
        "BTYD, lifetimes",
        "bg_bb",
        "donations",
        "alpha beta gamma delta",
        lambda p: gifts.weights.to_numpy(float) * fits.ll_bg_bb(p, *args),
        [1.2, 0.75, 0.66, 2.78],
        (1.203533, 0.749727, 0.656779, 2.783812),
        -33225.58128,
    )
    contracts = pd.read_csv(fits.DATA / "sbg/sbg_paper.csv")
    figures = {
        ("regular", 8): ((0.704077, 1.182043), -1680.265188, (0.455614, 0.779326, 1.283451), -1679.602833),
        ("highend", 8): ((0.668088, 3.806095), -1611.158147, (0.214253, 1.426575, 1.723565), -1605.314213),
        ("regular", 5): ((0.763665, 1.295830), -1401.559424, (0.523029, 0.894283, 1.196399), -1401.383052),
        ("highend", 5): ((1.280976, 7.790385), -1225.134907, (0.259336, 1.722551, 1.584362), -1222.749318),
    }
    for (cohort, points), (sbg, sbg_ll, bdw, bdw_ll) in figures.items():
        lost = contracts[contracts.cohorts == cohort].groupby("recency").size().to_numpy(float)[: points - 1]
        data, one = f"sbg_{cohort}_{points}", lambda p: fits.ll_contract(p, lost, 1000 - lost.sum())
        fit(
            "C9",
            "pymc-marketing test data; abdullahau/customer-analytics",
            "sbg",
            data,
            "alpha beta",
            one,
            [0.7, 1.5],
            sbg,
            sbg_ll,
        )
        fit(
            "C10",
            "recomputed by two programs on the sBG paper's data",
            "bdw",
            data,
            "alpha beta c",
            one,
            [0.5, 1, 1.2],
            bdw,
            bdw_ll,
        )
    rows = fits.apparel()
    arrays = [rows[k].to_numpy(float) for k in ("x", "t_x", "T")]
    run(
        "C17",
        "CLVTools",
        "pareto_nbd",
        "apparel",
        pa,
        [1.4, 48, 0.56, 46],
        (1.448977, 48.636084, 0.561260, 46.884363),
        -5848.097827,
    )
    run(
        "C17",
        "CLVTools",
        "bg_nbd",
        "apparel",
        bg,
        [0.6, 21, 1.3, 9],
        (0.607311, 20.956729, 1.275543, 8.860816),
        -5857.019749,
    )
    run("C17", ours, "mbg_nbd", "apparel", bg, [1.9, 45, 0.6, 1.6])
    run(
        "C17",
        "CLVTools; tends to the Pareto/NBD fit",
        "ggom_nbd",
        "apparel",
        gom,
        [1.449, 48.6, 1e-4, 0.56, 0.0047],
        (),
        -5848.097926,
        identified=False,
    )
    repeat = rows[(rows.x > 0) & (rows.spend > 0)]
    fit(
        "C17",
        "CLVTools",
        "gamma_gamma",
        "apparel",
        gg,
        lambda p: fits.ll_gamma_gamma(p, repeat.x.to_numpy(float), repeat.spend.to_numpy()),
        [3, 5.6, 56],
        (3.099033, 5.653673, 56.504084),
        -1670.663044,
    )
    z = fits.apparel_covariates(rows)
    pareto = fits.with_covariates(fits.ll_pareto, z, fits.pareto_split)
    fit(
        "C18",
        "CLVTools",
        "pareto_nbd",
        "apparel",
        pa + " life trans",
        lambda p: pareto(p, *arrays),
        [1.8, 90, 0.6, 50, -0.6, 0.7, 0.3, 0.6],
        (1.837843, 92.912349, 0.591999, 49.622727, -0.642993, 0.790679, 0.285874, 0.624124),
        -5821.062709,
        relative=3e-3,
    )
    equal = lambda p: pareto(np.r_[p[:4], p[4], p[5], p[4], p[6]], *arrays)  # noqa: E731
    result = fits.maximise(equal, [1.8, 90, 0.6, 50, 0.2, 0.7, 0.6], 4)
    assert abs(result["log_likelihood"] + 5826.534194) < 1e-3
    emit(
        "fit",
        id="C18 equal",
        source="CLVTools; the coefficient of Gender is one for life and trans",
        model="pareto_nbd",
        data="apparel",
        names=(pa + " both_gender life_channel trans_channel").split(),
        parameters=[float(f"{v:.9g}") for v in result["parameters"]],
        log_likelihood=round(result["log_likelihood"], 6),
        published_log_likelihood=-5826.534194,
        standard_errors=[float(f"{v:.6g}") for v in result["errors"]],
        identified=True,
        relative=1e-3,
        absolute=1e-3,
    )
    mbg = fits.with_covariates(fits.ll_mbg, z, fits.beta_geometric_split)
    fit(
        "MBG static",
        ours,
        "mbg_nbd",
        "apparel",
        bg + " life trans",
        lambda p: mbg(p, *arrays),
        [2.7, 97, 0.94, 2.26, -0.98, 0.07, 0.2, 0.6],
    )
    bg_cov = fits.with_covariates(fits.ll_beta_geometric, z, fits.beta_geometric_split)
    big = 1e5
    limit = fits.maximise(
        lambda q: bg_cov(np.r_[q[0], q[1], big, big * q[2], q[3], q[4] - np.log(big), q[5:]], *arrays),
        [0.67, 38, 7.4, -1.4, 0.7, 0.46, 0.57],
        3,
    )
    emit(
        "runaway",
        id="BG static",
        source="CLVTools ends at a = 1223, b = 9044; recomputed here",
        model="bg_nbd",
        data="apparel",
        names=(bg + " life_gender life_channel trans_gender trans_channel").split(),
        log_likelihood_supremum=round(limit["log_likelihood"], 4),
        absolute=2e-3,
        note="a, b and -life_channel grow without end (b/a near 7.384): online customers all share one drop-out probability",
    )


def log_gaps(log, rows):
    days = log[log.date <= "1997-09-30"].drop_duplicates(["id", "date"]).sort_values(["id", "date"])
    gap = days.groupby("id").date.diff().dt.days / 7.0
    return np.log(gap).groupby(days.id).sum().reindex(rows.index).fillna(0.0).to_numpy()


def erlang(p, x, t_x, T, gaps, k, modified):
    r, alpha, a, b = p
    c = x + modified
    with np.errstate(divide="ignore"):
        states = [j * np.log(T - t_x) - gammaln(j + 1) if j else 0 * x for j in range(k)]
    alive = (
        np.logaddexp.reduce([s + fits.gamma_part(r, alpha, k * x + j, T) for j, s in enumerate(states)])
        + betaln(a, b + c)
        - betaln(a, b)
    )
    dead = fits.gamma_part(r, alpha, k * x, t_x) + betaln(a + 1, b + np.maximum(c - 1, 0)) - betaln(a, b)
    return (k - 1) * gaps - x * gammaln(k) + np.where(c > 0, np.logaddexp(alive, dead), alive)
