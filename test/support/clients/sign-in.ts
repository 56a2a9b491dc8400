import { identityOf } from '../server/server.ts'

/** Signs in at a server in another process. @returns the cookie */
export async function signIn(url: string, name: string): Promise<string> {
  const response = await fetch(`${url}/signin`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ name }),
  })
  if (!response.ok) throw new Error(`${name} could not sign in: ${response.status}`)
  await response.arrayBuffer()
  return identityOf(response)
}
