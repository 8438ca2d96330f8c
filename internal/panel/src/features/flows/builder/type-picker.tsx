import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Input } from "@/ui/field";
import { Popover, PopoverAnchor, PopoverContent } from "@/ui/popover";
import type { NodeType } from "../model/types";
import { useBuilder, useLang } from "./context";
import { groupsOf } from "./palette";
import { TypeIcon } from "./type-icon";

type Props = { x: number; y: number; onClose: () => void; onPick: (type: NodeType) => void };

/** Asks for a kind of node at a point of the screen: type to narrow, arrows or Tab to move, Enter to take. */
export default function TypePicker({ x, y, onClose, onPick }: Props) {
  const { t } = useTranslation("flows");
  return (
    <Popover open onOpenChange={(open) => !open && onClose()}>
      <PopoverAnchor className="fixed size-0" style={{ left: x, top: y }} />
      <PopoverContent align="start" aria-label={t("palette.pick")} className="w-64 p-2">
        <TypeChoice
          onPick={(type) => {
            onClose();
            onPick(type);
          }}
        />
      </PopoverContent>
    </Popover>
  );
}

export function TypeChoice({ onPick }: { onPick: (type: NodeType) => void }) {
  const { t } = useTranslation("flows");
  const { types } = useBuilder();
  const lang = useLang();
  const [q, setQ] = useState("");
  const groups = groupsOf(types, lang, q);
  const first = groups[0]?.types[0];
  return (
    <form
      className="grid gap-2"
      onSubmit={(e) => {
        e.preventDefault();
        e.stopPropagation();
        if (first) onPick(first);
      }}
    >
      <Input
        autoFocus
        value={q}
        onChange={(e) => setQ(e.target.value)}
        aria-label={t("palette.search")}
        placeholder={t("palette.search")}
      />
      <div className="thin-scroll grid max-h-72 gap-1 overflow-auto">
        {groups.length === 0 && <p className="p-2 text-muted">{t("palette.none")}</p>}
        {groups.map(({ group, types: list }) => (
          <fieldset key={group} className="grid">
            <legend className="px-2 pt-1 text-muted text-xs">{t(`group.${group}`)}</legend>
            {list.map((type) => (
              <button
                key={type.name}
                type="button"
                onClick={() => onPick(type)}
                className="flex min-h-9 items-center gap-2 rounded-md px-2 text-left outline-offset-[-2px] hover:bg-sunken"
              >
                <TypeIcon icon={type.icon} group={type.group} className="size-6" />
                {type.label[lang]}
              </button>
            ))}
          </fieldset>
        ))}
      </div>
    </form>
  );
}
