/**
 * Something that only the person who runs this machine can put right. The message is for them: what is wrong and what to do,
 * in plain words; whoever catches it prints the message and no stack.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
