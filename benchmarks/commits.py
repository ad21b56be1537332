"""How many of a history's newest commits become tasks, and why the others do not.

$ python benchmarks/commits.py ~/project -n 100
1a2b3c4d5e  task, level 2: 3 tests fail before, 11 do not   Totals of nothing are 0
2b3c4d5e6f  passes_before                                   Sums are written in another way
...
"""

from pathlib import Path

import click

from gen.domains.code.commits import Commits


@click.command()
@click.argument("repository", type=click.Path(path_type=Path))
@click.option("-n", "newest", type=int, default=100, show_default=True, help="Commits looked at.")
@click.option("--tried", type=int, help="Candidates tried, at most; all unless given.")
def main(repository: Path, newest: int, tried: int | None) -> None:
    """Make tasks of a history's commits, each of which the verifier has confirmed."""
    commits = Commits(repository, most=newest)
    print(f"of the newest {newest}: {len(commits.candidates)} candidates, {dict(commits.reasons)}")
    n_tasks = 0
    for commit in commits.candidates[:tried]:
        before = commits.reasons.copy()
        if (task := commits.task(commit)) is not None:
            n_tasks += 1
            failing, passing = len(task.truth.fail_to_pass), len(task.truth.pass_to_pass)
            level = commits.levels[commit.sha]
            said = f"task, level {level}: {failing} tests fail before, {passing} do not"
        else:
            said = next(iter(commits.reasons - before))
        print(f"{commit.sha[:10]}  {said:<50}  {commit.message.splitlines()[0][:60]}", flush=True)
    print(f"{n_tasks} tasks; no tasks: {dict(commits.reasons.most_common())}")


if __name__ == "__main__":
    main()
