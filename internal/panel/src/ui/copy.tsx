import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import { sayProblem } from "./toast";

/** Puts a text on the clipboard and says so for a moment. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <Button size="sm" onClick={() => navigator.clipboard.writeText(text).then(() => setDone(true), sayProblem)}>
      {done ? <Check aria-hidden className="text-ok" /> : <Copy aria-hidden />}
      <span aria-live="polite">{done ? t("copied") : (label ?? t("copy"))}</span>
    </Button>
  );
}
