"""text: a plan as people read it."""

import json

from bridge.deploy.step import Call, Plan, Step, Verb


def as_text(plan: Plan) -> str:
    """All steps with their parameters, then what is billed."""
    lines = [f"{plan.name}: {plan.title}", ""]
    for number, step in enumerate(plan.steps, 1):
        lines += _step(number, step)
    lines += [*_summary(plan), *_bills(plan), *(f"Note: {note}." for note in plan.notes)]
    return "\n".join(lines).rstrip()


def _summary(plan: Plan) -> list[str]:
    """What stands last on the screen where someone is asked."""
    width = max((len(step.call.name) for step in plan.steps), default=0)
    lines = [f"  {step.call.name:{width}}  {step.call.subject}" for step in plan.steps]
    return ["In short:", *lines, ""]


def _step(number: int, step: Step) -> list[str]:
    lines = [f"{number:2}. {step.call.name}", f"    {step.why}.", *_parameters(step.call)]
    if step.tags:
        lines.append(f"    If it is there, its tags ({step.tags.name}) must be this deployment's.")
    if step.change:
        lines += [f"    If it is there and differs: {step.change.name}", *_parameters(step.change)]
    lines += [f"    Before it is changed: {call.name}" for call in step.before]
    if step.clear:
        when = (
            "If answers differ after an update" if step.verb is Verb.TRY else "First, if it failed"
        )
        lines.append(f"    {when}: {step.clear.name}")
    return [*lines, ""]


def _parameters(call: Call) -> list[str]:
    text = json.dumps(dict(call.parameters), indent=2, ensure_ascii=False)
    return [f"      {line}" for line in text.splitlines()[1:-1]]


def _bills(plan: Plan) -> list[str]:
    if not plan.bills:
        return []
    lines = [f"  {bill.what}: {bill.counted}\n    {bill.link}" for bill in plan.bills]
    return ["What AWS bills (prices differ by region; see the links):", *lines, ""]
