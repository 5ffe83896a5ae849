/** Sets a bound of `limits`, which is a constant everywhere but in the simulator: there `bundle.ts` puts what can do it in this place. */
export function writeLimit(name: string, _value: number): void {
  throw new Error(`${name} can be set in the bundle of the simulator alone`);
}
