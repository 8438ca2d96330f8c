import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { meQuery } from "@/lib/api/queries";
import { sessionKnown } from "@/lib/api/session";
import type { Me } from "@/lib/api/types";
import { AuthFrame } from "./frame";
import { LoginForm } from "./login-form";

const route = getRouteApi("/login");

/** Only a place inside the panel: "//host" would leave it. */
export const inside = (to: string | undefined) => (to?.startsWith("/") && !/^\/[/\\]/.test(to) ? to : "/");

export default function Login() {
  const { t } = useTranslation(["auth", "common"]);
  const { to } = route.useSearch();
  const router = useRouter();
  const qc = useQueryClient();
  const done = (me: Me) => {
    qc.setQueryData(meQuery.queryKey, me);
    sessionKnown();
    router.history.push(inside(to));
  };
  return (
    <AuthFrame
      title={t("login.title")}
      lead={t("login.lead")}
      foot={
        <>
          {t("login.new")}{" "}
          <Link to="/signup" className="font-medium text-accent hover:underline">
            {t("login.signup")}
          </Link>
        </>
      }
    >
      <LoginForm onDone={done} />
    </AuthFrame>
  );
}
