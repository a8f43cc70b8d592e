/**
 * Functions that programs hand in to be told of things. What goes wrong in one of them is the program's fault, so it is
 * told and no more: a connection, a request and the loop that accepts go on as if it had returned.
 */

/**
 * Wraps such a function so that it neither throws nor, if it is asynchronous, rejects with nobody there: Deno ends a
 * process for that.
 *
 * @param onFault Told of what it threw or rejected with. Must not throw.
 */
export function guarded<Value>(
  listener: (value: Value) => unknown,
  onFault: (error: unknown) => void,
): (value: Value) => void {
  return (value) => {
    try {
      const result = listener(value);
      if (result instanceof Promise) result.catch(onFault);
    } catch (error) {
      onFault(error);
    }
  };
}
