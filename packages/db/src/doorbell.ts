/** Which heads one commit moved. Changes are ranges: `from` is the first new number, `to` the last. */
export interface DoorbellHeads {
  conversations: { id: string; from: number; to: number }[];
  users: { id: string; change: number }[];
}
