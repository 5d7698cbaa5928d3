"""Words for made-up programmes: a little grammar of our own, and names from many places.

Nothing here is taken from a real abstract, and no person is meant.
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN_NAMES = _words(
    """
    Ada Adaeze Agnieszka Ahmed Aino Akira Aleš Amélie Ana Anaïs Ángel Anh Ayşe Bo Bogdan Børge Camille
    Chidi Chloé Ciarán Dana Deepa Dmitri Élodie Emre Eun-ji Fatou Femi François Gisèle Giulia Gökhan
    Hana Haruto Héctor Hüseyin Ifeoma Iñaki Ingrid Ivana Jākob Jelena Jiří João Jörg José Jun Kaoru
    Karim Kwame Lan Lars Leïla Li Linh Łukasz Maëlle Magnús Mai Małgorzata María Matěj Mei Miloš Min-jun
    Mona Naïma Nandini Ngozi Niamh Noa Noël Oluwaseun Ömer Paulína Pía Priya Qing Rafał Ravi Renée Rúben
    Ruth Sanna Şebnem Seo-yeon Siân Simone Søren Sunita Tadeja Tariq Tereza Thandiwe Tomáš Tuấn Uma
    Valentín Wei Xin Yan Yūki Yusuf Zainab Žan Zoë
    """
)
FAMILY_STEMS = _words(
    """
    Abe Adey Aman Andr Bál Bark Bel Berg Bjør Bor Carv Cha Dvoř Ebe Eng Fár Fern Gar Gonç Grün Gu Hal
    Ham Har Hor Ibr Ils Ito Jan Jøn Kań Kar Kim Koł Kov Kro Kuz Lar Leš Lin Lőr Mac Mar Mat Mbo Mor Mül
    Nak Nde Nov Ngu Nwo Oka Oli Ort Øst Pap Pet Pop Pra Qui Rah Ram Roj Ros Sai San Sch Sil Šim Sok Sør
    Tak Tan Tor Ué Val Vas Vel Wang Wen Wój Yıl Yam Zam Zhao Zim
    """
)
FAMILY_ENDINGS = _words(
    """
    a an ák anda ara ari bar bé ço do é eira ek el en er ero es ez i iç ić ík in ine ing is ková ler li
    man mi mura na ne ner no o oğlu on ori os ová owski quez ra ron rø sen ski son stad tı to tová uez
    va vić wa yama zka
    """
)
TOWNS = _words(
    """
    Abremont Ålvik Bassora-Nova Brezhin Calderra Dunmarrow Ebbsund Ésparra Fennholt Gálvara
    Hirosawa-Kita Ilmenrode Jarnsjö Kestelby Larrovia Lłanova Maringa-Sul Nordhaven Oštrava-Dol
    Port-Quentin Quillarra Rosmarin Saint-Orme Tamberley Ulvsund Valdoria Wexborough Xalmeria Yarrowick
    Zielonna
    """
)
INSTITUTIONS = (
    "University of {town}",
    "{town} Institute of Technology",
    "Technische Hochschule {town}",
    "Université de {town}",
    "{town} Research Laboratory",
    "Universidad Politécnica de {town}",
)
TOPICS: dict[str, tuple[str, ...]] = {
    "Optimisation": (
        "step sizes",
        "saddle points",
        "preconditioners",
        "stochastic gradients",
        "line searches",
    ),
    "Generative models": ("diffusion samplers", "normalising flows", "score fields", "latent codes"),
    "Reinforcement learning": ("value functions", "policies", "exploration bonuses", "world models"),
    "Graph learning": ("message passing", "spectral filters", "link predictors", "molecular graphs"),
    "Language models": ("token mixtures", "long contexts", "instruction sets", "decoding trees"),
    "Computer vision": ("image patches", "depth maps", "scene graphs", "occluded objects"),
    "Speech and audio": ("phoneme lattices", "spectrograms", "room impulses", "speaker embeddings"),
    "Robotics": ("grasp planners", "legged gaits", "tactile sensors", "contact models"),
    "Causality": ("interventions", "instrumental variables", "hidden confounders", "counterfactuals"),
    "Fairness": ("group audits", "calibration curves", "disparity measures", "recourse plans"),
    "Privacy": ("noise budgets", "membership tests", "secure aggregation", "federated clients"),
    "Robustness": ("adversarial margins", "distribution shifts", "certified radii", "corrupted labels"),
    "Interpretability": ("attribution maps", "concept probes", "circuit diagrams", "feature directions"),
    "Time series": ("seasonal trends", "irregular samples", "change points", "forecast horizons"),
    "Learning theory": ("margin bounds", "covering numbers", "sample complexity", "implicit biases"),
    "Neuroscience": ("spike trains", "grid cells", "dendritic models", "plasticity rules"),
    "Chemistry and materials": ("crystal lattices", "reaction paths", "force fields", "binding sites"),
    "Climate and Earth": ("precipitation fields", "ocean currents", "downscaling grids", "satellite tiles"),
    "Health": ("patient timelines", "pathology slides", "wearable signals", "triage scores"),
    "Transfer learning": ("frozen backbones", "adapter layers", "few examples", "task vectors"),
    "Self-supervised learning": ("masked views", "contrastive pairs", "teacher networks", "pretext tasks"),
    "Bayesian methods": ("posterior samples", "credible sets", "Gaussian processes", "evidence bounds"),
    "Hardware and systems": ("sparse kernels", "memory hierarchies", "pipeline stages", "quantised weights"),
    "Data sets and benchmarks": ("annotation protocols", "leaderboards", "held-out suites", "data cards"),
}
MANNERS = _words(
    """
    Adaptive Amortised Anytime Compositional Continual Contrastive Cooperative Decentralised Distilled
    Equivariant Factorised Geometric Hierarchical Implicit Incremental Invariant Latent Lightweight
    Modular Multi-scale Nested Neural Online Parsimonious Probabilistic Provable Recurrent Regularised
    Retrospective Scalable Self-correcting Smooth Sparse Structured Symbolic Temporal Tractable Unified
    Unrolled
    """
)
DEEDS = _words(
    """
    Alignment Approximation Calibration Compression Curricula Decomposition Distillation Embedding
    Estimation Factorisation Forecasting Generalisation Imputation Inference Matching Modelling
    Navigation Planning Prediction Pruning Quantisation Ranking Reconstruction Reduction Retrieval
    Sampling Search Segmentation Selection Simulation Stabilisation Transport
    """
)
CONDITIONS = (
    "in High Dimensions",
    "at the Edge",
    "from Few Examples",
    "under Distribution Shift",
    "without Labels",
    "with Guarantees",
    "beyond Euclidean Space",
    "for the Impatient",
    "in the Wild",
    "over Long Horizons",
    "at Scale",
    "under a Fixed Budget",
)
FORMULAS = (
    r"$\ell_\infty$",
    "$k$-Step",
    r"$O(n \log n)$",
    r"$\varepsilon$-Greedy",
    "$SE(3)$",
    "$L^2$",
    r"Schr\"{o}dinger",
    r"R\'{e}nyi",
    r"H\"{o}lder",
)
TITLE_SHAPES = (
    "{manner} {deed} of {Term} {condition}",
    "{name}: {manner} {deed} for {Term}",
    "Rethinking {deed} for {Term}",
    "{manner} {deed} Meets {Term} {condition}",
    "Do {Term} Need {manner} {deed}?",
    "{name}: Learning {Term} through {manner} {deed} {condition}",
    "On the {deed} of {Term}",
    "Towards {manner} {deed} {condition}: the Case of {Term}",
)
LATEX_TITLE_SHAPES = (
    "{formula} {deed} for {Term} {condition}",
    r"{name}: {Term} \& {manner} {formula} {deed}",
    "{manner} {deed} of {Term} with {formula} Bounds",
)
SYLLABLES = _words(
    """
    ba bel co da dro el fa gri ho is ka lo lu ma mi nor or pe qua ri sta ta tor u va ver xi zo
    """
)
OPENINGS = (
    "Many systems lean on {term}, yet little is known about how they behave {where}.",
    "{Term} are usually studied apart from {other}; here we look at both together {where}.",
    "Anyone who has worked with {term} {where} knows how quickly small errors in {other} add up.",
    "It is tempting to treat {term} as a solved matter; {where}, they are anything but.",
)
MIDDLES = (
    "We introduce {name} for {manner} {deed}, which treats {term} as first-class citizens and "
    "needs {number} times fewer parameters than its closest relatives.",
    "The main idea is to replace {other} by some {manner} surrogate whose cost grows only "
    "linearly with the number of {term}.",
    "Our analysis shows that {deed} of {term} stays stable as long as {other} are refreshed every {number} rounds.",
    "One {manner} variant of {name} removes the need for {other}, at the price of one further pass over the data.",
    "We trace this gain to the way in which {term} interact with {other}, and give a simple test "
    "that tells in advance whether {name} will help.",
    "Across {number} collections gathered {where}, {name} improves {deed} by {number} per cent on "
    "average and is never worse than the strongest baseline.",
    "An ablation with {number} seeds suggests that most of the benefit comes from {manner} "
    "{deed}, and only a little from {term} themselves.",
    "We also report where it fails: when {other} are scarce, {name} falls back to plain {deed} and says so.",
    "People who tried it {where} needed about {number} minutes to reach a result that took them a day before.",
)
FORMULA_SENTENCES = (
    r"Formally, the excess risk is at most $O(\sqrt{d / n})$ whenever $\lVert x \rVert_2 \leq 1$, "
    "and a matching lower bound holds for {term}.",
    r"We prove that $\mathbb{E}[f(x_t)] - f^\star \leq \frac{C}{t}$ for a constant $C$ that does "
    "not depend on {other}.",
    r"The Schr\"{o}dinger form of the problem, $\min_\pi \mathrm{KL}(\pi \,\|\, \pi_0)$, makes "
    r"{term} \& {other} two views of one object.",
    r"With $\alpha < 0.5$ the method keeps 95\% of its accuracy on {term}.",
)
CLOSINGS = (
    "Code, trained weights and the protocol for {term} are shared.",
    "We hope that {name} makes {deed} of {term} a little less of an art.",
    "Much remains to be understood about {other}, and we close with {number} open questions.",
    "All experiments run on a single machine in under {number} hours.",
)
PLACES = (
    "in hospitals",
    "on small devices",
    "in the open ocean",
    "in noisy halls",
    "at the scale of a city",
    "under tight deadlines",
    "in low-resource languages",
    "on ageing hardware",
    "in changing weather",
    "with reluctant participants",
)
