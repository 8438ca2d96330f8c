import { queryOptions } from "@tanstack/react-query";
import { client, ok } from "@/lib/api/client";
import { Problem } from "@/lib/api/problem";
import type { components } from "@/lib/api/schema";

type S = components["schemas"];
export type ModelKey = S["ModelKey"];
export type Spent = S["Spent"];
export type Global = S["Global"];

export const PROVIDER = "openai";
const provider = { params: { path: { provider: PROVIDER } } } as const;

/** The company's access to a language model; null while it has none. */
export const modelKeyQuery = queryOptions({
  queryKey: ["model-key"],
  queryFn: async (): Promise<ModelKey | null> => {
    try {
      return await ok(client.GET("/api/v1/model-keys/{provider}", provider));
    } catch (error) {
      if (Problem.from(error).status === 404) return null;
      throw error;
    }
  },
});

export const setModelKey = (body: S["ModelKeyChange"]) =>
  ok(client.PUT("/api/v1/model-keys/{provider}", { ...provider, body }));
export const deleteModelKey = () => ok(client.DELETE("/api/v1/model-keys/{provider}", provider));
export const checkModelKey = () => ok(client.POST("/api/v1/model-keys/{provider}/check", provider));

/** Long enough to hold the current month whole. */
const DAYS = 31;

export const modelUsageQuery = queryOptions({
  queryKey: ["model-usage"],
  queryFn: async () => (await ok(client.GET("/api/v1/model-usage", { params: { query: { days: DAYS } } }))).items,
});

export const globalsQuery = queryOptions({
  queryKey: ["flow-globals"],
  queryFn: async () => (await ok(client.GET("/api/v1/flow-globals"))).items,
});
