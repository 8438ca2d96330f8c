import { Link } from "@tanstack/react-router";
import { CloudOff, Compass, Lock, RotateCw, SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import { cn } from "@/lib/cn";
import { Button } from "./button";

type EmptyProps = {
  icon: ReactNode;
  title: string;
  body?: string;
  action?: ReactNode;
  className?: string;
  /** It is all that the page has to say. */
  whole?: boolean;
};

/** Nothing here yet: an icon, a sentence, and what to do about it. */
export function Empty({ icon, title, body, action, className, whole }: EmptyProps) {
  const Title = whole ? "h1" : "p";
  return (
    <div className={cn("grid place-items-center p-8 text-center", className)}>
      <div className="grid max-w-sm justify-items-center gap-2">
        <div
          aria-hidden
          className="mb-1 grid size-12 place-items-center rounded-full bg-sunken text-muted [&_svg]:size-5"
        >
          {icon}
        </div>
        <Title className="font-semibold text-base">{title}</Title>
        {body && <p className="text-muted">{body}</p>}
        {action && <div className="mt-2">{action}</div>}
      </div>
    </div>
  );
}

export function NoMatch({ onClear, className }: { onClear: () => void; className?: string }) {
  const { t } = useTranslation();
  return (
    <Empty
      className={className}
      icon={<SearchX />}
      title={t("noMatch.title")}
      body={t("noMatch.body")}
      action={<Button onClick={onClear}>{t("noMatch.clear")}</Button>}
    />
  );
}

export function NoPermission({ className }: { className?: string }) {
  const { t } = useTranslation();
  return <Empty className={className} icon={<Lock />} title={t("noPermission.title")} body={t("noPermission.body")} />;
}

/** The address names nothing that is there for this person. */
export function Missing({ className }: { className?: string }) {
  const { t } = useTranslation();
  return (
    <Empty
      whole
      className={className}
      icon={<Compass />}
      title={t("notFound.title")}
      body={t("notFound.body")}
      action={
        <Button asChild>
          <Link to="/">{t("notFound.home")}</Link>
        </Button>
      }
    />
  );
}

/** Why it did not load, and a way to try again. */
export function Failure({ error, onRetry, className }: { error: unknown; onRetry: () => void; className?: string }) {
  const { t } = useTranslation();
  const problem = Problem.from(error);
  if (problem.status === 403) return <NoPermission className={className} />;
  if (problem.status === 404) return <Missing className={className} />;
  return (
    <div role="alert">
      <Empty
        className={className}
        icon={<CloudOff />}
        title={t("failed")}
        body={problem.message}
        action={
          <Button onClick={onRetry}>
            <RotateCw aria-hidden />
            {t("retry")}
          </Button>
        }
      />
    </div>
  );
}

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("animate-pulse rounded-md bg-sunken", className)} />;
}

/** Rows to come. */
export function SkeletonRows({ rows = 6, height = 40 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("loading")} className="grid gap-px p-3">
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have nothing else
        <div key={i} className="flex items-center gap-3" style={{ height }}>
          <Skeleton className="size-9 rounded-full" />
          <div className="grid flex-1 gap-2">
            <Skeleton className="h-3 w-2/5" />
            <Skeleton className="h-3 w-4/5" />
          </div>
        </div>
      ))}
    </div>
  );
}
