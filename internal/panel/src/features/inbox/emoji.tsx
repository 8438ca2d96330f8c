import { EmojiPicker } from "frimousse";
import type { AriaAttributes } from "react";
import { useTranslation } from "react-i18next";

/** The picker counts rows and columns from 0, ARIA from 1. */
function fromOne({ "aria-rowindex": row, "aria-colindex": column }: AriaAttributes): AriaAttributes {
  return {
    "aria-rowindex": row === undefined ? row : row + 1,
    "aria-colindex": column === undefined ? column : column + 1,
  };
}

/** The emoji picker, with names in the person's language, from our own origin. */
export default function Emoji({ onPick }: { onPick: (emoji: string) => void }) {
  const { t, i18n } = useTranslation(["inbox", "common"]);
  return (
    <EmojiPicker.Root
      locale={i18n.language === "es" ? "es" : "en"}
      emojibaseUrl="/emoji"
      columns={8}
      onEmojiSelect={({ emoji }) => onPick(emoji)}
      className="flex h-80 w-72 flex-col"
    >
      <EmojiPicker.Search
        autoFocus
        placeholder={t("emoji.search")}
        aria-label={t("emoji.search")}
        className="mb-2 h-9 shrink-0 rounded-md border bg-surface px-2.5 max-md:text-base"
      />
      <EmojiPicker.Viewport className="thin-scroll relative min-h-0 flex-1 outline-none">
        <EmojiPicker.Loading className="absolute inset-0 grid place-items-center text-muted">
          {t("common:loading")}
        </EmojiPicker.Loading>
        <EmojiPicker.Empty className="absolute inset-0 grid place-items-center text-muted">
          {t("common:noMatch.title")}
        </EmojiPicker.Empty>
        <EmojiPicker.List
          components={{
            CategoryHeader: ({ category, ...rest }) => (
              <div {...rest} className="bg-surface px-1 py-1.5 font-medium text-muted text-xs">
                {category.label}
              </div>
            ),
            Row: (row) => <div {...row} {...fromOne(row)} />,
            Emoji: ({ emoji, ...rest }) => (
              <button
                type="button"
                {...rest}
                {...fromOne(rest)}
                className="grid size-[34px] place-items-center rounded-md text-xl data-[active]:bg-sunken"
              >
                {emoji.emoji}
              </button>
            ),
          }}
        />
      </EmojiPicker.Viewport>
    </EmojiPicker.Root>
  );
}
