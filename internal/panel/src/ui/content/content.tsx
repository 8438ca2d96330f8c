import { Ban, CornerDownRight, LayoutTemplate } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Content } from "@/lib/api/types";
import { ButtonChips, ContactCard, ListMenu, LocationCard, ProductCards } from "./cards";
import { AudioMedia, DocumentMedia, ImageMedia, VideoMedia } from "./media";
import { MessageText } from "./text";

/** Any message's body, whatever channel it came from or leaves by. */
export function ContentView({ content, onStale }: { content: Content; onStale?: () => void }) {
  const { t } = useTranslation();
  const text = content.text ? <MessageText text={content.text} /> : null;
  const alt = content.media?.name || t(`content.type.${content.type}`);
  const media = content.media && { media: content.media, alt, onStale };

  switch (content.type) {
    case "text":
      return text;
    case "image":
      return withCaption(media && <ImageMedia {...media} />, text);
    case "audio":
    case "voice":
      return withCaption(media && <AudioMedia {...media} />, text);
    case "video":
      return withCaption(media && <VideoMedia {...media} />, text);
    case "document":
      return withCaption(media && <DocumentMedia {...media} />, text);
    case "location":
      return withCaption(content.location && <LocationCard location={content.location} />, text);
    case "contact":
      return withCaption(content.contact && <ContactCard contact={content.contact} />, text);
    case "buttons":
      return withCaption(text, content.buttons && <ButtonChips buttons={content.buttons} />);
    case "list":
      return withCaption(text, content.list && <ListMenu list={content.list} />);
    case "products":
      return withCaption(text, content.products && <ProductCards products={content.products} />);
    case "answer":
      return (
        <p className="flex items-start gap-1.5">
          <CornerDownRight aria-hidden className="mt-0.5 size-4 shrink-0 opacity-70" />
          <span className="sr-only">{t("content.chose")}</span>
          {content.answer?.label || content.answer?.id}
        </p>
      );
    case "reaction":
      return content.reaction?.emoji ? (
        <p>
          <span className="text-xl">{content.reaction.emoji}</span> {t("content.reacted")}
        </p>
      ) : (
        <p>{t("content.unreacted")}</p>
      );
    case "template":
      return withCaption(
        <p className="flex items-center gap-1.5 text-xs opacity-80">
          <LayoutTemplate aria-hidden className="size-3.5" />
          {t("content.template", { name: content.template?.name })}
        </p>,
        text ?? <MessageText text={(content.template?.params ?? []).join(" · ")} />,
      );
    case "unsupported":
      return (
        <p className="flex items-start gap-1.5 italic opacity-80">
          <Ban aria-hidden className="mt-0.5 size-4 shrink-0" />
          {content.text || t("content.type.unsupported")}
        </p>
      );
  }
}

const withCaption = (first: ReactNode, second: ReactNode) => (
  <div className="grid gap-1.5">
    {first}
    {second}
  </div>
);
