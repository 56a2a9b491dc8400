/** What programs send that know no Slack: GitHub, Alertmanager and Grafana to a webhook of their own form, and whatever has one text. */
import { type Fields, fieldsOf, lines, listOf, textOf } from './fields.ts'
import { linkOf, markdownOfPlain } from './slack-text.ts'

const maxAlerts = 10
const maxCommits = 5
/** What an event of GitHub is about, by its field. */
const subjects = {
  pull_request: 'pull request',
  issue: 'issue',
  discussion: 'discussion',
  release: 'release',
  workflow_run: 'workflow run',
  check_run: 'check run',
}

export function markdownOfOther(payload: Fields): string {
  if (textOf(fieldsOf(payload.repository).full_name)) return ofGithub(payload)
  if (Array.isArray(payload.alerts)) return lines(listOf(payload.alerts).slice(0, maxAlerts).map(alertOf))
  const text = [payload.message, payload.msg, payload.body].map(textOf).find((one) => one) ?? ''
  const title = markdownOfPlain(textOf(payload.title)).trim()
  return lines([title && `**${title}**`, markdownOfPlain(text)])
}

function ofGithub(payload: Fields): string {
  const repository = fieldsOf(payload.repository)
  const by = markdownOfPlain(textOf(fieldsOf(payload.sender).login))
  const where = `**${linkOf(textOf(repository.html_url), textOf(repository.full_name))}**:`
  if (payload.zen) return `${where} ${markdownOfPlain(textOf(payload.zen))}`
  if (Array.isArray(payload.commits)) return pushed(payload, `${where} ${by}`)
  const action = markdownOfPlain(textOf(payload.action).replaceAll('_', ' '))
  for (const [field, word] of Object.entries(subjects)) {
    const subject = fieldsOf(payload[field])
    const { number, title, name, tag_name } = subject
    const [text] = [title, name, tag_name].map(textOf).filter((one) => one)
    if (!text) continue
    const comment = fieldsOf(payload.comment)
    const url = textOf(comment.html_url) || textOf(subject.html_url)
    const what = comment.html_url ? `commented on ${word}` : `${action} ${word}`
    return `${where} ${by} ${what} ${linkOf(url, `${number ? `#${textOf(number)} ` : ''}${text}`)}`
  }
  return `${where} ${by} ${action}`.trim()
}

function pushed({ commits, ref, compare }: Fields, head: string): string {
  const all = listOf(commits)
  const branch = textOf(ref).replace(/^refs\/(heads|tags)\//, '')
  const count = linkOf(textOf(compare), all.length === 1 ? '1 commit' : `${all.length} commits`)
  const shown = all.slice(0, maxCommits).map(({ id, url, message }) => {
    const [subject = ''] = textOf(message).split('\n')
    return `- ${linkOf(textOf(url), textOf(id).slice(0, 7))} ${markdownOfPlain(subject)}`
  })
  return lines([`${head} pushed ${count} to ${markdownOfPlain(branch)}`, ...shown])
}

function alertOf({ status, labels, annotations, generatorURL }: Fields): string {
  const { alertname } = fieldsOf(labels)
  const { summary, description } = fieldsOf(annotations)
  const isResolved = status === 'resolved'
  const name = linkOf(textOf(generatorURL), textOf(alertname) || 'alert')
  const text = markdownOfPlain(textOf(summary) || textOf(description))
  return `${isResolved ? '🟢' : '🔴'} **${name}** ${isResolved ? 'resolved' : 'firing'}${text && `: ${text}`}`
}
