import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../button";
import { Dialog } from "../dialog";

type Props = { src: string; alt: string; name: string | undefined; onClose: () => void };

/** An image as large as the window allows. */
export default function Lightbox({ src, alt, name, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onClose={onClose}
      title={alt}
      className="top-[4vh] max-h-[92vh] w-auto max-w-[94vw]"
      footer={
        <Button asChild>
          <a href={src} download={name ?? alt}>
            <Download aria-hidden />
            {t("content.download")}
          </a>
        </Button>
      }
    >
      <img src={src} alt={alt} className="mx-auto max-h-[70vh] max-w-full rounded-md" />
    </Dialog>
  );
}
