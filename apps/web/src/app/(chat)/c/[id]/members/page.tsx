/** The chat is one view over the engine (`shell/chat-app.tsx`), which reads the address itself and so moves without the network. */
export default function Page() {
  return null;
}
