import { Frame } from '../../look/frame.tsx';
import { useTitle } from '../../look/page.tsx';
import { useStartWords } from '../../words/start.ts';

export function App() {
  const words = useStartWords();
  useTitle('');
  return (
    <Frame here="start">
      <div className="poster">
        <h1>{words.title}</h1>
        <p>{words.lead}</p>
      </div>
    </Frame>
  );
}
