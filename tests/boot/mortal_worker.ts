/** The module of a worker that dies when it is told to; see `mortal_workers.ts`. */

import "../../lib/boot/worker.ts";

const scope = self as unknown as Worker & { close(): void };
const obey = scope.onmessage!;

scope.onmessage = (event) => {
  if (event.data.kind !== "mortal") return obey.call(scope, event);
  switch (event.data.order) {
    case "throw":
      throw new Error("Injected\nfault");
    case "reject":
      Promise.reject(new Error("Injected fault"));
      break;
    case "close":
      scope.close();
      break;
    case "exit":
      Deno.exit(7);
      break;
    case "rights":
      scope.postMessage({ kind: "rights", rights: rightsOf() });
      break;
  }
};

function rightsOf(): string[] {
  const asked: readonly Deno.PermissionDescriptor[] = [
    ...["/", "./lib", "./tests"].map((path) => ({ name: "read", path }) as const),
    ...(["write", "net", "env", "run", "ffi", "sys", "import"] as const).map((name) => ({ name })),
  ];
  const granted = asked.filter((right) => Deno.permissions.querySync(right).state === "granted");
  return granted.map((right) => "path" in right ? `${right.name} ${right.path}` : right.name);
}
