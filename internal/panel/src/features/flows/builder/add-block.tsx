import { useTranslation } from "react-i18next";
import { Dialog } from "@/ui/dialog";
import { type Out, useActions } from "./actions";
import { TypeChoice } from "./type-picker";

/** Asks which block to add, after an exit or by itself. */
export function AddBlock({ after, onClose }: { after: Out | undefined; onClose: () => void }) {
  const { t } = useTranslation("flows");
  const actions = useActions();
  return (
    <Dialog open onClose={onClose} title={t("palette.pick")} className="max-w-sm">
      <TypeChoice
        onPick={(type) => {
          actions.add(type, { after });
          onClose();
        }}
      />
    </Dialog>
  );
}
