/**
 * One answer for all who ask while it is being found, and for `keepMs` after: however many ask, the question is put a few times a
 * second.
 */
export function shareAnswer<T>(keepMs: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  const forget = () => {
    answer = undefined;
  };
  return () => {
    answer ??= ask().finally(() => setTimeout(forget, keepMs).unref());
    return answer;
  };
}
