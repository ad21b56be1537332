"""Near duplicates planted among problems: how many are found, how many wrongly, and how fast.

    pip install rensa==0.5.0 datasketch==2.0.0          # the two it is measured against
    python benchmarks/duplicates.py [--texts 20000] [--plants 2000] [--data ../shared/data/math]
    {"ours": {"recall": 1.0, "precision": 1.0, "texts_per_s": ...}, "rensa": {...}, ...}
    python benchmarks/duplicates.py --scale 1000000     # ours alone
    {"texts": 1000000, "seconds": ..., "cpu_seconds": ..., "peak_mb": ...}

The pool is GSM8K's and MATH's training problems with renumbered copies of them, which are other
problems. A plant is one of them with words left out, put in or replaced, such that the Jaccard
similarity of their runs of three words, counted here in plain Python, is at least 0.8 (`near`), or
between 0.6 and 0.8 (`far`, which must not be joined). All three ways get the same texts and run to
pairs; a pair that joins problems with other numbers, or of other origin, or `far` ones is wrong.
`shingles_*` times the joins alone, on the same hashes.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
from paraphrases import renumbered

from curation.duplicates import group_texts
from curation.duplicates.fingerprints import fingerprint
from curation.duplicates.near import near_links
from curation.texts import tokenize
from curation.texts.vocabulary import WORD, meaning

JACCARD = 0.8
FILLERS = "really just indeed simply exactly perhaps certainly clearly now also".split()  # noqa: SIM905


def shingles(texts: list[str]) -> list[set[str]]:
    """Runs of three words as sets of Python: the tokens are those that all three ways get."""
    tokens = tokenize(texts)
    words = [format(value, "x") for value in tokens.ids.tolist()]
    bounds = tokens.bounds.tolist()
    return [
        {" ".join(words[i : min(i + 3, end)]) for i in range(start, max(start + 1, end - 2))}
        for start, end in pairwise(bounds)
    ]


def jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)


def edited(text: str, rng: Random) -> str:
    """The text with one to three words left out, put in or replaced."""
    words = text.split()
    for _ in range(rng.randint(1, 3)):
        places = [i for i, word in enumerate(words) if len(word) > 3 and _is_word(word)]
        if not places:
            break
        place = rng.choice(places)
        filler = rng.choice(FILLERS)
        words[place : place + 1] = rng.choice(([], [filler], [filler, words[place]]))
    return " ".join(words)


def _is_word(text: str) -> bool:
    return text.isalpha() and meaning(text)[1] == WORD


def pool(
    data: Path, n_texts: int, n_plants: int
) -> tuple[list[str], list[str], list[int], list[int], int]:
    """Texts, ground truths, the number of each one's original, the places of plants too
    far, and how many are rows of the data."""
    rng = Random("duplicates")
    lines = [
        line
        for name in ("gsm8k_train", "math_train7474")
        for line in (data / f"{name}.jsonl").open()
    ]
    golds = {row["problem"]: row["answer"] for row in map(json.loads, lines)}
    rows = list(golds)
    while len(golds) < n_texts:
        golds |= {text: "" for text in (renumbered(row, rng) for row in rows) if text not in golds}
    texts = list(golds)[:n_texts]
    origin = list(range(len(texts)))
    places = rng.sample(range(n_texts), min(20 * n_plants, n_texts))
    plants = [edited(texts[place], rng) for place in places]
    wanted = {"near": n_plants, "far": n_plants}
    far = []
    originals = shingles([texts[place] for place in places])
    for place, plant, one, other in zip(places, plants, originals, shingles(plants), strict=True):
        similarity = jaccard(one, other)
        kind = "near" if similarity >= JACCARD else "far" if similarity >= 0.6 else ""
        if not wanted.get(kind) or plant == texts[place]:
            continue
        wanted[kind] -= 1
        if kind == "far":
            far.append(len(texts))
        texts.append(plant)
        origin.append(place)
    assert not any(wanted.values()), wanted
    return texts, [golds[texts[place]] for place in origin], origin, far, len(rows)


def ours(texts: list[str], golds: list[str]) -> set[tuple[int, int]]:
    cluster = group_texts(texts, golds).cluster
    return {(int(first), place) for place, first in enumerate(cluster) if first != place}


def rensa(texts: list[str], golds: list[str]) -> set[tuple[int, int]]:
    from rensa import RMinHash, RMinHashLSH  # pyright: ignore[reportMissingImports]

    hashes = RMinHash.from_token_sets(shingles(texts), 128, 0)
    index = RMinHashLSH(JACCARD, 128, 16)
    index.insert_many(hashes)
    return {
        (min(i, j), max(i, j))
        for i, near in enumerate(index.query_all(hashes))
        for j in near
        if i != j and hashes[i].jaccard(hashes[j]) >= JACCARD
    }


def datasketch(texts: list[str], golds: list[str]) -> set[tuple[int, int]]:
    from datasketch import MinHash, MinHashLSH  # pyright: ignore[reportMissingImports]

    sets = ([run.encode() for run in runs] for runs in shingles(texts))
    hashes = MinHash.bulk(sets, num_perm=128)
    index = MinHashLSH(threshold=JACCARD, num_perm=128)
    for place, one in enumerate(hashes):
        index.insert(place, one)
    return {
        (min(i, j), max(i, j))
        for i, one in enumerate(hashes)
        for j in index.query(one)
        if i != j and one.jaccard(hashes[j]) >= JACCARD
    }


def timed(act: Callable[[], Iterable]) -> tuple[float, Iterable]:
    started = time.perf_counter()
    result = act()
    return time.perf_counter() - started, result


def judged(
    pairs: set[tuple[int, int]], origin: list[int], far: set[int], n_texts: int, n_rows: int
) -> dict:
    """Recall of near plants; of the pairs, the share that is right."""
    near = {place for place in range(n_texts, len(origin)) if place not in far}
    n_of_data = sum(max(i, j) < n_rows for i, j in pairs)
    wrong = sum(
        max(i, j) >= n_rows and (origin[i] != origin[j] or i in far or j in far) for i, j in pairs
    )
    family = {frozenset((origin[i], place)) for i, place in pairs if origin[i] == origin[place]}
    reached = {place for pair in family for place in pair}
    joined = {max(i, j) for i, j in pairs if origin[i] == origin[j]} | reached
    return {
        "recall": round(len(near & joined) / len(near), 4),
        "precision": round(1 - wrong / max(len(pairs) - n_of_data, 1), 4),
        "pairs": len(pairs),
        "pairs_of_data": n_of_data,
    }


def scale(data: Path, n_texts: int) -> dict:
    """The time for so many renumbered problems, a tenth of which are there twice or nearly so."""
    texts, golds, *_ = pool(data, n_texts, 0)
    rng = Random("scale")
    for place in range(0, n_texts, 10):
        texts[place] = edited(texts[place - 1], rng)
        golds[place] = golds[place - 1]
    prompts, answers = pl.Series(texts), pl.Series(golds)
    del texts, golds
    started, cpu = time.perf_counter(), time.process_time()
    cluster = group_texts(prompts, answers).cluster
    return {
        "texts": n_texts,
        "clusters": int((np.bincount(cluster) > 1).sum()),
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--plants", type=int, default=2_000)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/math"))
    parser.add_argument("--scale", type=int)
    given = parser.parse_args()
    if given.scale:
        print(json.dumps(scale(given.data, given.scale)))
        return
    texts, golds, origin, far, n_rows = pool(given.data, given.texts, given.plants)
    figures: dict = {"texts": len(texts), "planted_near": given.plants, "planted_far": given.plants}
    seconds = {}
    ours(texts[:1000], golds[:1000])  # imports what it needs
    for way in (ours, rensa, datasketch):
        seconds[way.__name__], pairs = timed(lambda way=way: way(texts, golds))
        found = judged(set(pairs), origin, set(far), given.texts, n_rows)
        figures[way.__name__] = found | {"texts_per_s": round(len(texts) / seconds[way.__name__])}
    figures["ours_over_rensa"] = round(seconds["rensa"] / seconds["ours"], 2)
    figures["ours_over_datasketch"] = round(seconds["datasketch"] / seconds["ours"], 2)
    figures["shingles_ours_over_rensa"] = joins(texts)
    print(json.dumps(figures))


def joins(texts: list[str]) -> float:
    """The time that rensa takes from hashes to flags, over ours to verified pairs."""
    from rensa import RMinHash, RMinHashLSH  # pyright: ignore[reportMissingImports]

    prints = fingerprint(pl.Series(texts), pl.Series([""] * len(texts)), advance=lambda n: None)
    block = np.zeros(len(texts), np.uint64)
    ours_s, _ = timed(lambda: near_links(prints.shingles, prints.bounds, block, threshold=JACCARD))

    def sketch() -> list:
        runs = prints.shingles.astype(np.uint64)
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(runs, prints.bounds, 128, 0)
        index = RMinHashLSH(JACCARD, 128, 16)
        index.insert_matrix(matrix)
        return index.query_duplicate_flags_matrix(matrix)

    rensa_s, _ = timed(sketch)
    return round(rensa_s / ours_s, 2)


if __name__ == "__main__":
    main()
