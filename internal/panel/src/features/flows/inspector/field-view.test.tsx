import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, within } from "@testing-library/react";
import { useState } from "react";
import { beforeAll, expect, it, vi } from "vitest";
import i18n, { ready } from "@/i18n";
import { labelsQuery, membersQuery, meQuery, templatesQuery } from "@/lib/api/queries";
import { TooltipProvider } from "@/ui/tooltip";
import { exprWordsQuery, flowsQuery, teamsQuery } from "../api";
import { type Builder, BuilderContext, type Reading, ReadingContext } from "../builder/context";
import { definition, field, node } from "../model/fixture";
import { begin } from "../model/history";
import { Problems } from "../model/places";
import type { Data, Field, FieldKind, FlowProblem } from "../model/types";
import { Fields, kinds } from "./field-view";

// The editor of sources measures what it draws, which needs a browser: here it is a plain field.
vi.mock("../code/editor", () => ({
  default: ({ label, value, onChange }: { label: string; value: string; onChange: (v: string) => void }) => (
    <input aria-label={label} value={value} onChange={(e) => onChange(e.target.value)} />
  ),
}));

beforeAll(async () => {
  await ready;
  await i18n.changeLanguage("es");
  await i18n.loadNamespaces(["flows", "templates"]);
});

const named = (id: string) => [{ id, name: `La ${id}` }];
const def = definition([node("n1", { name: "Saludo" }), node("n2")], { variables: [{ name: "talla", type: "text" }] });

function client() {
  const qc = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } } });
  const put = (key: readonly unknown[], data: unknown) => qc.setQueryData(key, data);
  put(meQuery.queryKey, { company: { time_zone: "UTC", currency: "COP" }, user: {}, permissions: {} });
  put(labelsQuery.queryKey, named("l1"));
  put(membersQuery.queryKey, named("m1"));
  put(teamsQuery.queryKey, named("t1"));
  put(flowsQuery("b").queryKey, [...named("f1"), ...named("self")]);
  put(exprWordsQuery.queryKey, { functions: [], fields: [] });
  put(templatesQuery().queryKey, [
    { id: "x", name: "aviso", language: "es", body: "Hola {{1}}, van {{2}}", status: "approved" },
    { id: "y", name: "borrador", language: "es", body: "Hola", status: "draft" },
  ]);
  return qc;
}

/** A form of these fields; returns what it holds now. */
function form(fields: Field[], data: Data = {}, problems: FlowProblem[] = []) {
  let now = data;
  const edit = vi.fn();
  const builder = {
    flow: { id: "self" },
    bot: { id: "b", name: "Sol", channels: [] },
    editing: begin(def),
    mayEdit: true,
    writing: "es",
    edit,
  } as unknown as Builder;
  const read = { name: (n: { name?: string; id: string }) => n.name ?? n.id, lines: () => [] } as unknown as Reading;
  const found = new Problems(problems);
  function Form() {
    const [held, setHeld] = useState(data);
    now = held;
    return (
      <Fields
        fields={fields}
        data={held}
        onChange={(key, value) =>
          setHeld(({ [key]: _, ...rest }) => (value === undefined ? rest : { ...rest, [key]: value }))
        }
        at={(path) => found.at("n1", path)}
      />
    );
  }
  render(
    <QueryClientProvider client={client()}>
      <TooltipProvider>
        <BuilderContext value={builder}>
          <ReadingContext value={read}>
            <Form />
          </ReadingContext>
        </BuilderContext>
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return { data: () => now, edit };
}

const put = async (label: string | RegExp, value: string) =>
  fireEvent.change(await screen.findByLabelText(label), { target: { value } });

/** How a field of a kind is filled in, and what it then holds. */
const cases: Record<FieldKind, { more?: Partial<Field>; fill: () => unknown; holds: unknown }> = {
  text: { fill: () => put("f (es)", "Hola"), holds: { es: "Hola" } },
  plain: { fill: () => put("f", "a"), holds: "a" },
  template: { fill: () => put("f", "{{a}}"), holds: "{{a}}" },
  expression: { fill: () => put("f", "a > 1"), holds: "a > 1" },
  number: { fill: () => put("f", "2.5"), holds: 2.5 },
  bool: { fill: async () => fireEvent.click(await screen.findByLabelText("f")), holds: true },
  choice: {
    more: {
      options: [
        { value: "a", label: { es: "A", en: "A" } },
        { value: "b", label: { es: "B", en: "B" } },
      ],
    },
    fill: () => put("f", "b"),
    holds: "b",
  },
  minutes: {
    fill: async () => {
      await put("f: días", "1");
      await put("f: horas", "2");
    },
    holds: 1560,
  },
  content: {
    fill: async () => {
      await put("Tipo de mensaje", "buttons");
      await put("Texto que acompaña (es)", "¿Sí?");
      await put("Texto del botón (es)", "Sí");
    },
    holds: { type: "buttons", text: { es: "¿Sí?" }, buttons: [{ id: "o1", label: { es: "Sí" } }] },
  },
  variable: { fill: () => put("f", "talla"), holds: "talla" },
  node: { fill: () => put("f", "n2"), holds: "n2" },
  flow: { fill: () => put("f", "f1"), holds: "f1" },
  label: { fill: () => put("f", "l1"), holds: "l1" },
  agent: { fill: () => put("f", "m1"), holds: "m1" },
  team: { fill: () => put("f", "t1"), holds: "t1" },
  wa_template: {
    fill: async () => {
      await put("f", "aviso es");
      await put("Valor de 2", "tres");
    },
    holds: { name: "aviso", language: "es", params: ["", "tres"] },
  },
  hours: {
    fill: async () => {
      fireEvent.click(await screen.findByRole("button", { name: "El horario del bot" }));
      fireEvent.click(await screen.findByLabelText("Abierto día y noche"));
    },
    holds: expect.objectContaining({ always: true }),
  },
  date: {
    fill: async () => {
      fireEvent.click(await screen.findByRole("button", { name: "Calcularla con una expresión" }));
      await put("f", "now");
    },
    holds: "now",
  },
  language: { fill: () => put("f", "en"), holds: "en" },
  tag: { fill: () => put("f", "vip"), holds: "vip" },
  words: {
    fill: async () => {
      const input = await screen.findByLabelText("f");
      fireEvent.change(input, { target: { value: "sí, ok" } });
      fireEvent.keyDown(input, { key: "Enter" });
    },
    holds: ["sí", "ok"],
  },
  map: {
    fill: async () => {
      fireEvent.click(await screen.findByRole("button", { name: "Agregar" }));
      await put("Nombre 1", "X-Tienda");
      await put("Valor 1", "sol");
    },
    holds: { "X-Tienda": "sol" },
  },
  list: {
    more: { of: [field("a", "plain")] },
    fill: async () => {
      fireEvent.click(await screen.findByRole("button", { name: "Agregar" }));
      await put("a", "uno");
    },
    holds: [{ a: "uno" }],
  },
  exits: {
    more: { of: [field("label", "text")], exit_label: "label" },
    fill: async () => {
      fireEvent.click(await screen.findByRole("button", { name: "Agregar" }));
      await put("label (es)", "Sí");
    },
    holds: [{ id: "o1", label: { es: "Sí" } }],
  },
};

it.each(Object.keys(kinds) as FieldKind[])("edits a field of kind %s", async (kind) => {
  const { more, fill, holds } = cases[kind];
  const { data } = form([field("f", kind, more)]);
  await fill();
  expect(data().f).toEqual(holds);
});

it("draws a kind it does not know as a plain field", async () => {
  const { data } = form([field("f", "colour" as FieldKind)]);
  await put("f", "rojo");
  expect(data()).toEqual({ f: "rojo" });
});

it("leaves out what is emptied", async () => {
  const { data } = form([field("f", "plain"), field("g", "number")], { f: "a", g: 1 });
  await put("f", "");
  await put("g", "");
  expect(data()).toEqual({});
});

it("keeps the other languages of a text", async () => {
  const { data } = form([field("f", "text")], { f: { en: "Hello", es: "Hola" } });
  await put("f (es)", "");
  expect(data().f).toEqual({ en: "Hello" });
});

it("shows a field only while its neighbour has the value it goes with", async () => {
  const option = (value: string) => ({ value, label: { es: value, en: value } });
  form([
    field("by", "choice", { options: [option("words"), option("number")] }),
    field("from", "number", { if: { key: "by", in: ["number"] } }),
  ]);
  expect(screen.queryByLabelText("from")).toBeNull();
  await put("by", "number");
  expect(await screen.findByLabelText("from")).toBeTruthy();
});

it("says what is wrong at its place, also within a list", async () => {
  const problem = (path: string): FlowProblem => ({
    code: "x",
    message: `mal ${path}`,
    location: `nodes[n1].data.${path}`,
  });
  form([field("f", "plain"), field("l", "list", { of: [field("a", "expression")] })], { l: [{ a: "1" }, { a: "2" }] }, [
    problem("f"),
    problem("l[1].a"),
  ]);
  expect(await screen.findByText("mal f")).toBeTruthy();
  const [first, second] = screen.getAllByRole("listitem");
  expect(within(first as HTMLElement).queryByText(/mal/)).toBeNull();
  expect(within(second as HTMLElement).getByText("mal l[1].a")).toBeTruthy();
});

it("declares a variable and takes it at once", async () => {
  const { data, edit } = form([field("f", "variable")]);
  fireEvent.change(await screen.findByLabelText("f"), { target: { value: " new" } });
  await put("Nombre", "Talla del niño");
  fireEvent.click(screen.getByRole("button", { name: "Crear variable" }));
  expect(data().f).toBe("talla_del_nino");
  const change = edit.mock.calls[0]?.[0];
  expect(change(def).variables).toContainEqual({ name: "talla_del_nino", type: "text" });
});
