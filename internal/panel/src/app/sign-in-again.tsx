import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LoginForm } from "@/features/auth/login-form";
import { useMe } from "@/lib/api/queries";
import { sessionKnown } from "@/lib/api/session";
import type { Me } from "@/lib/api/types";
import { Dialog } from "@/ui/dialog";

/** Opens over the page when the session ends, so that a typed draft stays where it is. */
export default function SignInAgain() {
  const { t } = useTranslation();
  const me = useMe();
  const qc = useQueryClient();
  const done = (now: Me) => {
    // Somebody else, or another company: nothing of this page is theirs.
    if (now.user.id !== me.user.id || now.company.id !== me.company.id) return location.reload();
    sessionKnown();
    void qc.invalidateQueries();
  };
  return (
    <Dialog open title={t("session.title")} description={t("session.body")} className="max-w-md">
      <LoginForm email={me.user.email} onDone={done} />
      <a href="/login" className="mt-4 block text-center text-accent hover:underline">
        {t("session.other")}
      </a>
    </Dialog>
  );
}
