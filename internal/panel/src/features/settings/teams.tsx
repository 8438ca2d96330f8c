import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Trash2, UsersRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { membersQuery, teamsQuery, useAllowed } from "@/lib/api/queries";
import type { Team } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Card } from "@/ui/page";
import { Empty, Failure, SkeletonRows } from "@/ui/states";
import { TeamForm } from "./team-form";

/** Groups of people to whom flows hand conversations. */
export default function Teams() {
  const { t } = useTranslation(["settings", "common"]);
  const qc = useQueryClient();
  const query = useQuery(teamsQuery);
  const may = useAllowed("team", "manage");
  const [editing, setEditing] = useState<Team | "new">();
  const [deleting, setDeleting] = useState<Team>();
  const changed = () => qc.invalidateQueries({ queryKey: teamsQuery.queryKey });
  const remove = async () => {
    if (!deleting) return;
    await ok(client.DELETE("/api/v1/teams/{id}", { params: { path: { id: deleting.id } } }));
    await changed();
  };
  const add = may && (
    <Button variant="primary" onClick={() => setEditing("new")}>
      <Plus aria-hidden />
      {t("teams.add")}
    </Button>
  );
  const teams = query.data ?? [];
  return (
    <div className="max-w-3xl">
      <Card title={t("section.teams")} lead={t("teams.lead")} flush actions={teams.length > 0 && add}>
        <div className="border-t">
          {query.isPending && <SkeletonRows rows={3} height={40} />}
          {query.isError && <Failure error={query.error} onRetry={() => query.refetch()} />}
          {query.isSuccess && teams.length === 0 && (
            <Empty icon={<UsersRound />} title={t("teams.empty.title")} body={t("teams.empty.body")} action={add} />
          )}
          <ul className="divide-y">
            {teams.map((team) => (
              <li key={team.id} className="flex min-h-14 items-center gap-3 px-4 py-2">
                <div className="min-w-0 flex-1">
                  <p className="truncate font-medium">{team.name}</p>
                  <Members ids={team.member_ids} />
                </div>
                {may && (
                  <>
                    <Button
                      variant="ghost"
                      size="icon-sm"
                      aria-label={t("teams.edit", { name: team.name })}
                      onClick={() => setEditing(team)}
                    >
                      <Pencil />
                    </Button>
                    <Button
                      variant="ghost"
                      size="icon-sm"
                      aria-label={t("teams.delete", { name: team.name })}
                      onClick={() => setDeleting(team)}
                    >
                      <Trash2 />
                    </Button>
                  </>
                )}
              </li>
            ))}
          </ul>
        </div>
      </Card>
      {editing && (
        <TeamForm
          team={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onSaved={() => {
            setEditing(undefined);
            void changed();
          }}
        />
      )}
      <Confirm
        open={!!deleting}
        onClose={() => setDeleting(undefined)}
        title={t("teams.delete", { name: deleting?.name })}
        body={t("teams.deleteBody")}
        action={t("common:delete")}
        onConfirm={remove}
      />
    </div>
  );
}

function Members({ ids }: { ids: string[] }) {
  const { t } = useTranslation(["settings", "common"]);
  const { data: members = [] } = useQuery(membersQuery);
  const names = members.filter((m) => ids.includes(m.id)).map((m) => m.name);
  return <p className="truncate text-muted text-xs">{ids.length === 0 ? t("teams.nobody") : names.join(", ")}</p>;
}
