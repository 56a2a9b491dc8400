interface ScriptPolicy {
  createScriptURL(url: string): string
}

interface TrustedTypes {
  createPolicy(name: string, policy: ScriptPolicy): ScriptPolicy
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }

/** The browser lets one policy have this name, so all workers share it. */
const policy = trustedTypes?.createPolicy('worker', { createScriptURL: (own) => own })

/**
 * Where the browser knows Trusted Types, our Content-Security-Policy lets no mere string say what is run.
 * @param url of a worker, from our own code
 */
export function trustedUrl(url: string): string {
  return policy?.createScriptURL(url) ?? url
}
