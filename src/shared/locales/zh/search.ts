import type { search as en } from '../en/search.ts'
import type { Translation } from '../text.ts'

export const search: Translation<keyof typeof en> = {
  searchMessages: '搜索消息',
  searchHint:
    '词语、“完整短语”，或单词开头如 tea*。还可以加上 from:姓名、in:房间、before:2026-01-31 和 after:2026-01-31。',
  searchIn: '当前房间',
  searchFromMe: '我发送的',
  searchFiles: '有文件',
  searchLinks: '有链接',
  searchMentions: '提到我',
  searchFilters: '筛选',
  recentSearches: '最近搜索',
  clearSearches: '清除最近搜索',
  nFound: { other: '{n} 条消息' },
  nFoundAtLeast: { other: '最新的 {n} 条消息' },
  nothingFound: '没有找到消息。',
  nothingFoundYet: '较新的消息中没有找到。更早的消息还没有搜索。',
  searchIncomplete: '较早的消息仍在建立索引。',
  searchOlder: '搜索更早的消息',
  searchEmpty: '请输入要搜索的词语。',
  searchTooLong: '搜索内容最多 {n} 个字符。',
  searchTooMany: '搜索内容最多 {n} 个词。',
  searchTooManyPrefixes: '搜索内容中最多 {n} 个词以星号结尾。',
  searchShortPrefix: '星号前至少输入两个字符。',
  searchBadFilter: '请在筛选的冒号后输入内容。',
  searchBadHas: '可以搜索 has:file 和 has:link。',
  searchBadMentions: '只能搜索 mentions:me。',
  searchBadDate: '请按 2026-01-31 的格式输入日期。',
}
