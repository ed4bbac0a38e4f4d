import { showPage } from '../../look/page.tsx';
import { meetWords } from '../../words/meet.ts';
import { App } from './app.tsx';
import './lobby.css';
import './people.css';
import './talk.css';
import './screens.css';

void showPage(meetWords, <App />);
