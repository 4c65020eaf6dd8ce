/** A failure whose message is all that its reader needs: it is printed without a stack. */
export class Told extends Error {
  told = true;
}
