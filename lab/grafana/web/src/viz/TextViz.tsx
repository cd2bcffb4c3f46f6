import { renderMarkdown, textUtil } from '@grafana/data';

import type { VizProps } from './types';

export default function TextViz({ prepared }: VizProps) {
  const { mode, content } = prepared.options;
  const text = prepared.replace(String(content ?? ''), {}, 'html');
  if (mode === 'code') {
    return <pre>{text}</pre>;
  }
  const html = mode === 'html' ? textUtil.sanitizeTextPanelContent(text) : renderMarkdown(text);
  // Both ways out of Grafana's own sanitizer.
  return <div className="markdown-html" style={{ overflow: 'auto', height: '100%' }} dangerouslySetInnerHTML={{ __html: html }} />;
}
