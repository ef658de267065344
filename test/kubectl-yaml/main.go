package main

import (
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	out := map[string]string{}
	keys := []string{}
	for _, text := range texts {
		got, err := yaml.YAMLToJSON([]byte(text))
		s := string(got)
		if err != nil {
			s = "error: " + err.Error()
		}
		out[text] = s
		keys = append(keys, text)
	}
	for _, k := range keys {
		a, _ := json.Marshal(k)
		b, _ := json.Marshal(out[k])
		fmt.Printf("[%s,%s]\n", a, b)
	}
}
