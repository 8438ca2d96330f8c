import type { ErrorComponentProps } from "@tanstack/react-router";
import { LoaderCircle, RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import { Button } from "@/ui/button";
import { Empty, Failure, Missing } from "@/ui/states";

export function Pending() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("loading")} className="grid h-full place-items-center p-8 text-muted">
      <LoaderCircle aria-hidden className="size-5 animate-spin" />
    </div>
  );
}

export function NotFound() {
  return (
    <main id="main" className="grid h-full">
      <Missing />
    </main>
  );
}

/** After an update, the old page asks for code that is no longer served. */
const outdated = (error: unknown) =>
  error instanceof Error && /dynamically imported module|preload|module script/i.test(error.message);

export function Crash({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  if (error instanceof Problem) return <Failure className="h-full" error={error} onRetry={reset} />;
  const what = outdated(error) ? "updated" : "crash";
  return (
    <div role="alert" className="grid h-full">
      <Empty
        icon={<RefreshCw />}
        title={t(`${what}.title`)}
        body={t(`${what}.body`)}
        action={<Button onClick={() => location.reload()}>{t(`${what}.reload`)}</Button>}
      />
    </div>
  );
}
