/** `npx teahouse conformance <url>`: tests any server of the protocol. */
import { Failure } from './expect.ts'
import { runChecks } from './run.ts'

/** @param print what is shown as it comes @returns whether all is well @throws Error in one line */
export async function conformance(
  [url, ...more]: string[],
  print: (text: string) => void,
  patienceMs?: number,
): Promise<boolean> {
  const results = await runChecks(originOf(more.length ? undefined : url), {
    report: ({ title, fault }) =>
      print(fault === undefined ? `ok      ${title}\n` : `failed  ${title}\n          ${fault}\n`),
    ...(patienceMs !== undefined && { patienceMs }),
  })
  const failed = results.filter(({ fault }) => fault !== undefined).length
  print(failed ? `\n${failed} of ${results.length} checks failed.\n` : `\nAll ${results.length} checks passed.\n`)
  return failed === 0
}

function originOf(url: string | undefined): string {
  const parsed = url === undefined ? null : URL.parse(url)
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    throw new Error('Name the address of the server: "npx teahouse conformance https://chat.example.org".')
  if (parsed.pathname !== '/' || parsed.search || parsed.username)
    throw new Failure('The address of the server has no path: the server is at the root of its host.')
  return parsed.origin
}
