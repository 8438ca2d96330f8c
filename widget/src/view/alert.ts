// Ways of saying that a message has arrived while nobody looks.

let audio: AudioContext | undefined;

/** Two soft notes. Browsers let a page sound only after the visitor has touched it; before that, silence. */
export function beep() {
  if (!navigator.userActivation?.hasBeenActive) return;
  audio ??= new AudioContext();
  for (const [delay, pitch] of [
    [0, 660],
    [0.12, 880],
  ] as const) {
    const start = audio.currentTime + delay;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.08, start);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.3);
  }
}

let timer = 0;
let ours = "";
let theirs = "";

/**
 * Alternates the page's title with ours; an empty text ends it. The page may change its
 * own title meanwhile: whatever it said last is what comes back.
 */
export function flash(text: string) {
  clearInterval(timer);
  if (ours && document.title === ours) document.title = theirs;
  ours = text;
  if (!text) return;
  const turn = () => {
    if (document.title !== ours) theirs = document.title;
    document.title = document.title === ours ? theirs : ours;
  };
  turn();
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) timer = window.setInterval(turn, 1500);
}

/** Gives back what the page lent. */
export function silence() {
  flash("");
  audio?.close();
  audio = undefined;
}
