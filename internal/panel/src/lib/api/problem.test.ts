import { expect, it, vi } from "vitest";
import { Problem, showProblem } from "./problem";

const refused = new Problem({
  status: 422,
  code: "validation",
  title: "Refused",
  detail: "Check the data",
  errors: [
    { code: "a", message: "taken", location: "body.email" },
    { code: "b", message: "closed before it opens", location: "body.hours.mon[1].to" },
    { code: "c", message: "no place", location: "query.limit" },
  ],
});

it("maps the server's locations to the form's names", () => {
  expect([...refused.fields()]).toEqual([
    ["email", "taken"],
    ["hours.mon.1.to", "closed before it opens"],
  ]);
});

it("uses the single field of a problem without a list", () => {
  const p = new Problem({ status: 422, detail: "Already there", field: "body.name" });
  expect(p.fields().get("name")).toBe("Already there");
});

it.each([
  [["email"], [["email", "taken"]]],
  [["hours"], [["hours.mon.1.to", "closed before it opens"]]],
  [["other"], [["root", "Check the data"]]],
])("shows it beside what the form has: %j", (known, want) => {
  const setError = vi.fn();
  showProblem(refused, setError, known);
  expect(setError.mock.calls.map(([name, error]) => [name, error.message])).toEqual(want);
});

it("calls anything else a lost connection", () => {
  const p = Problem.from(new TypeError("Failed to fetch"));
  expect(p.status).toBe(0);
  expect(p.message).not.toBe("");
});
