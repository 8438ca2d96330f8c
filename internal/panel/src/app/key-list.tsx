import { useTranslation } from "react-i18next";
import { Dialog } from "@/ui/dialog";

const groups = [
  [
    "anywhere",
    [
      ["palette", ["Ctrl", "K"]],
      ["list", ["?"]],
    ],
  ],
  [
    "inbox",
    [
      ["next", ["J"]],
      ["previous", ["K"]],
      ["reply", ["R"]],
      ["note", ["N"]],
      ["resolve", ["E"]],
      ["assign", ["A"]],
      ["search", ["/"]],
      ["send", ["Enter"]],
      ["newline", ["Shift", "Enter"]],
      ["leave", ["Esc"]],
    ],
  ],
] as const;

export default function KeyList({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog reading open onClose={onClose} title={t("keys.title")} description={t("keys.description")}>
      <div className="grid gap-5">
        {groups.map(([name, rows]) => (
          <section key={name}>
            <h3 className="mb-1 font-medium text-muted text-xs">{t(`keys.${name}`)}</h3>
            <dl className="divide-y">
              {rows.map(([key, presses]) => (
                <div key={key} className="flex items-center justify-between py-2">
                  <dt>{t(`keys.${key}`)}</dt>
                  <dd className="flex gap-1">
                    {presses.map((press) => (
                      <kbd
                        key={press}
                        className="grid h-6 min-w-6 place-items-center rounded-md border bg-sunken px-1.5 font-medium font-sans text-xs"
                      >
                        {press}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <p className="text-muted text-xs">{t("keys.off")}</p>
      </div>
    </Dialog>
  );
}
