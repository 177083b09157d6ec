// mode: write
// params: id, worker, state, finished, done, result, problem
// returns: id
MATCH (j:Job {id: $id})
WHERE j.worker = $worker AND j.state = 'running'
SET j.state = $state, j.finished = $finished, j.done = $done, j.result = $result, j.problem = $problem, j.worker = ''
RETURN j.id AS id
