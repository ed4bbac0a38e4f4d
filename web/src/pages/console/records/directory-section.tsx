import { useState } from 'react';
import { Heading } from '../../../look/heading.tsx';
import { Tabs } from '../../../look/tabs.tsx';
import { WithWords } from '../../../look/with-words.tsx';
import { useConsoleWords } from '../../../words/console.ts';
import { recordWords, useRecordWords } from '../../../words/console-records.ts';
import { recordKinds } from './kinds.ts';
import { Limits } from './limits.tsx';
import { RecordList } from './record-list.tsx';
import { ReloadButton } from './reload-button.tsx';
import './records.css';

/** `/console/directory`: who there is, what they may dial, and what the file fixes of it. */
export function DirectorySection() {
  return (
    <WithWords of={recordWords}>
      <Directory />
    </WithWords>
  );
}

function Directory() {
  const words = useRecordWords();
  const [shown, setShown] = useState('users');
  const [version, setVersion] = useState(0);
  const kinds = recordKinds.map((kind) => ({
    key: kind.path as string,
    title: words.kinds[kind.path],
    content: () => <RecordList key={`${kind.path} ${version}`} kind={kind} />,
  }));
  const limits = { key: 'limits', title: words.kinds.limits, content: () => <Limits key={version} /> };
  return (
    <>
      <Heading text={useConsoleWords().directory} />
      <ReloadButton onReloaded={() => setVersion((before) => before + 1)} />
      <Tabs label={useConsoleWords().directory} tabs={[...kinds, limits]} shown={shown} onShow={setShown} />
    </>
  );
}
