/** Reads a stream of JSON lines, however they are cut into pieces. */
export async function readLines<T>(body: ReadableStream<Uint8Array>, tell: (line: T) => void) {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : (lines.pop() ?? "");
    for (const line of lines) if (line.trim()) tell(JSON.parse(line) as T);
    if (done) return;
  }
}
