import { useTranslation } from "react-i18next";
import type { Conversation } from "@/lib/api/types";
import { Dialog } from "@/ui/dialog";
import type { Actions } from "./actions";
import ContactPane from "./contact-pane";

/** The contact pane where there is no room for it beside the thread. */
export default function ContactSheet(props: { conversation: Conversation; actions: Actions; onClose: () => void }) {
  const { t } = useTranslation(["inbox", "common"]);
  return (
    <Dialog side open onClose={props.onClose} title={t("contact.title")} className="max-w-sm">
      <div className="-m-5">
        <ContactPane {...props} />
      </div>
    </Dialog>
  );
}
