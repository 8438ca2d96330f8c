import { QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, ok } from "./client";
import { Problem } from "./problem";
import { sessionKnown } from "./session";
import type { Level, Me } from "./types";

/** A refused request will be refused again; only a silent or broken server is asked once more. */
export function newQueryClient() {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (times, error) => {
          const { status } = Problem.from(error);
          return times < 1 && (status === 0 || status >= 500);
        },
      },
    },
  });
}

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async () => {
    const me = await ok(client.GET("/api/v1/me"));
    sessionKnown();
    return me;
  },
  staleTime: 5 * 60_000,
});

/** Who is signed in; the router loads it before any page that calls this. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("useMe is for pages behind the login");
  return data;
}

const levels: Level[] = ["none", "read", "write", "manage"];
export type Module = "inbox" | "contacts" | "bots" | "channels" | "team" | "company" | "reports" | "audit";

export function allowed(me: Me, module: Module, level: Level = "read"): boolean {
  return levels.indexOf(me.permissions[module] ?? "none") >= levels.indexOf(level);
}

export function useAllowed(module: Module, level: Level = "read"): boolean {
  return allowed(useMe(), module, level);
}

// What several features read. Keys are shared with lib/realtime, which updates them in place.

export const membersQuery = queryOptions({
  queryKey: ["members"],
  queryFn: async () => (await ok(client.GET("/api/v1/members"))).items,
});

export const labelsQuery = queryOptions({
  queryKey: ["labels"],
  queryFn: async () => (await ok(client.GET("/api/v1/labels"))).items,
});

export const teamsQuery = queryOptions({
  queryKey: ["teams"],
  queryFn: async () => (await ok(client.GET("/api/v1/teams"))).items,
});

export const channelsQuery = queryOptions({
  queryKey: ["channels"],
  queryFn: async () => (await ok(client.GET("/api/v1/channels"))).items,
});

/** The kinds of channel there are. Their words come in the reader's language, so each language is asked for apart. */
export const kindsQuery = (language: string) =>
  queryOptions({
    queryKey: ["channel-kinds", language],
    queryFn: async () => (await ok(client.GET("/api/v1/channel-kinds"))).items,
    staleTime: Number.POSITIVE_INFINITY, // they change with the program, not while it runs
  });

export function useKinds(enabled = true) {
  const { i18n } = useTranslation();
  return useQuery({ ...kindsQuery(i18n.language), enabled });
}

/** What is wrong with channels now. Nothing tells when that changes, so it is asked for every half minute. */
export const incidentsQuery = queryOptions({
  queryKey: ["incidents"],
  queryFn: async () => (await ok(client.GET("/api/v1/incidents", { params: { query: { open: true } } }))).items,
  refetchInterval: 30_000,
});

export const templatesQuery = (channel?: string) =>
  queryOptions({
    queryKey: ["templates", channel],
    queryFn: async () => (await ok(client.GET("/api/v1/templates", { params: { query: { channel } } }))).items,
  });

export const botsQuery = queryOptions({
  queryKey: ["bots"],
  queryFn: async () => (await ok(client.GET("/api/v1/bots"))).items,
});

export const companyQuery = queryOptions({
  queryKey: ["company"],
  queryFn: () => ok(client.GET("/api/v1/company")),
});

/** The inbox's counts, asked for apart from its lists so that any page can show them. */
export const countsQuery = queryOptions({
  queryKey: ["conversation-counts"],
  queryFn: async () =>
    (await ok(client.GET("/api/v1/conversations", { params: { query: { state: "open", limit: 1 } } }))).counts,
});
